"""The page that people forward: one run or one comparison as one HTML file, and the same tables as a workbook.

A page is told what it shows: where the figures are, the scenario, the provenance, the warnings. It computes nothing
that is not in a report, runs nothing, and asks nothing of the network.
"""
