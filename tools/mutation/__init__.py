"""Mutation testing: does the test suite notice when a line of the design is wrong?"""
