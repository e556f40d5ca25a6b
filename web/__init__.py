"""Everything that touches people and the outside: HTTP, pages, commands, worker."""
