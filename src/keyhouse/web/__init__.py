"""What pages and client API share: URL shapes, actions, parameters, CSRF, errors, and the front of the server."""
