package org.labkey.remoteapi.query;

public enum ContainerFilter
{
    Current, CurrentAndSubfolders, AllFolders
}
