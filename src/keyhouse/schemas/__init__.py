"""What a folder offers to read: the server's own lists and the attached databases, the same for pages and clients."""
