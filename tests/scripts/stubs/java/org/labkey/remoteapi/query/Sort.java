package org.labkey.remoteapi.query;

public class Sort
{
    public enum Direction
    {
        ASCENDING, DESCENDING
    }
}
