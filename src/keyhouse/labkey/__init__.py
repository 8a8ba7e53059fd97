"""The LabKey client API: one file a controller."""
