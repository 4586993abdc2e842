"""Measure speed as ratios to controls in the same run, on a made-up customer.

``./run bench intake|queue|sweep|all [--rows N]``. Nothing here runs in the product.
"""
