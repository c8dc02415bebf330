"""Simulated estates whose truth is an argument, so that models can be tested for recovering it."""
