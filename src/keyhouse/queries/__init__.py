"""What people save about queries: custom views, and queries of their own in LabKey SQL."""
