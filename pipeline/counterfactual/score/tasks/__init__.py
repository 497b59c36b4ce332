"""The score as a task that anybody can take: folders of scans, what is asked, answers, and predictions."""
