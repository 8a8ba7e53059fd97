"""Files of folders: where they lie, how they are written whole or not at all, and how many bytes a folder may hold."""
