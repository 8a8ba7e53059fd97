"""The heart of Keyhouse: what a key is, what a request presents, and who may come in.

Standard library only. No clock, no randomness, no I/O: time and entropy are arguments, answers are values that say why.
"""
