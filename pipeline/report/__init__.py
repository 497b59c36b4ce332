"""The report: figures and one self-contained HTML file."""

from brainaging.pipeline.report.page import render_report
from brainaging.pipeline.report.summary import summary_picture

__all__ = ["render_report", "summary_picture"]
