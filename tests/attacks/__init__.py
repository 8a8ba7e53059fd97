"""One file an attack, named for it. docs/explanation/threat-model.md tells the story that each belongs to."""
