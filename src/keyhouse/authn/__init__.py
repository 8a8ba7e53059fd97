"""The one door: from what a request presents to a principal or a refusal. There is no second way in."""
