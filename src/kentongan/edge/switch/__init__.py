"""Telephony: drives sip and the media process, owns the spool of running calls."""
