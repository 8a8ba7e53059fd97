"""Scripts that read what a page shows, in the languages that people analyse with; none holds a credential."""
