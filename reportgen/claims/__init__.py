"""Statements with their tests: the language of tests, the tags that judge them, and the ledger of what was said."""
