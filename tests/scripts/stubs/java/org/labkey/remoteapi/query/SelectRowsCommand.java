package org.labkey.remoteapi.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.labkey.remoteapi.Connection;

/** Writes what it was told as JSON when it is executed, and ends the program. */
public class SelectRowsCommand
{
    private final String schema, query;
    private String view = "", containers = "";
    private List<String> columns = new ArrayList<>(), filters = new ArrayList<>(), sorts = new ArrayList<>();
    private final List<String> parameters = new ArrayList<>();

    public SelectRowsCommand(String schema, String query)
    {
        this.schema = schema;
        this.query = query;
    }

    public void setRequiredVersion(double version) {}

    public void setViewName(String name)
    {
        view = name;
    }

    public void setColumns(List<String> names)
    {
        columns = names;
    }

    public void addFilter(String column, Object value, Filter.Operator operator)
    {
        filters.add("[" + text(column) + "," + text(operator.suffix) + "," + text(value.toString()) + "]");
    }

    public void addSort(String column, Sort.Direction direction)
    {
        sorts.add((direction == Sort.Direction.DESCENDING ? "-" : "") + column);
    }

    public void setContainerFilter(ContainerFilter filter)
    {
        containers = filter.name();
    }

    public void setQueryParameters(Map<String, String> given)
    {
        given.forEach((name, value) -> parameters.add(text(name) + ":" + text(value)));
    }

    public SelectRowsResponse execute(Connection connection, String folder)
    {
        System.out.print("{\"url\":" + text(connection.url) + ",\"folder\":" + text(folder) + ",\"schema\":" + text(schema)
            + ",\"query\":" + text(query) + ",\"view\":" + text(view) + ",\"columns\":" + text(String.join(",", columns))
            + ",\"filters\":[" + String.join(",", filters) + "],\"sort\":" + text(String.join(",", sorts))
            + ",\"containerFilter\":" + text(containers) + ",\"parameters\":{" + String.join(",", parameters) + "}}");
        System.exit(0);
        return null;
    }

    private static String text(String value)
    {
        StringBuilder out = new StringBuilder("\"");
        for (char each : value.toCharArray())
            out.append(String.format("\\u%04x", (int) each));
        return out.append('"').toString();
    }
}
