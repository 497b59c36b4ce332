"""When each scan of people who are followed was made: days, ages, intervals, and what cannot be."""

from brainaging.pipeline.data.visits.days import session_days
from brainaging.pipeline.data.visits.timelines import RETEST_DAYS, Timeline, TimelineVisit, timelines

__all__ = ["RETEST_DAYS", "Timeline", "TimelineVisit", "session_days", "timelines"]
