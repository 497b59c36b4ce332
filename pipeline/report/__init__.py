"""The report: figures and one self-contained HTML file."""

from brainaging.pipeline.report.hero import summary_picture
from brainaging.pipeline.report.page import render_report

__all__ = ["render_report", "summary_picture"]
