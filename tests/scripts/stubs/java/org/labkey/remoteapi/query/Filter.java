package org.labkey.remoteapi.query;

public class Filter
{
    public enum Operator
    {
        EQUAL("eq"), GT("gt"), CONTAINS("contains"), ISBLANK("isblank"), IN("in"), WHERE("where");

        public final String suffix;

        Operator(String suffix)
        {
            this.suffix = suffix;
        }
    }
}
