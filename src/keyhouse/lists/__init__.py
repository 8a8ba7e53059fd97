"""Lists: tables that people design, with typed fields, kept as real tables in a database that Keyhouse manages."""
