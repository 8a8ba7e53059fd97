package org.labkey.remoteapi;

public class Connection
{
    public final String url;

    public Connection(String url)
    {
        this.url = url;
    }
}
