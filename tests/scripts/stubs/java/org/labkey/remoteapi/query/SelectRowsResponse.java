package org.labkey.remoteapi.query;

import java.util.List;
import java.util.Map;

public class SelectRowsResponse
{
    public Number getRowCount()
    {
        return 0;
    }

    public List<Map<String, Object>> getRows()
    {
        return List.of();
    }
}
