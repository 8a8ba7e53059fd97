"""The pages: server-rendered, working without a script, and the templates and assets they are made of."""
