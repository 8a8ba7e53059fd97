"""The one door: from what a request presents to a principal or a refusal. Pages and client API have no second way in."""
