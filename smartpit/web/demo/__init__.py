"""The demo world: four owners, their tenants and members, and two months that really happened.

Everything goes through the services that a real centre uses, under a clock of its own.
"""
