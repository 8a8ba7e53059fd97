"""Lists: tables that people design. The designs live here, their rows in the managed database of `data`."""
