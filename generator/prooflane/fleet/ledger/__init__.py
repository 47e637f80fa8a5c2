"""What is known of a fleet, kept: one database, SQLite by default, PostgreSQL by its URL.

`tables` says what there is, `database` opens it, `exclusive` lets one run at a time write; each of
the other modules reads and writes one kind of row through a connection that the caller opened.
"""
