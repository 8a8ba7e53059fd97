package LabKey::Query;
# Writes the arguments of selectRows as JSON, and returns no rows.
use strict;
use warnings;
use JSON::PP;

sub selectRows {
    my %args = @_;
    my %given = map { $_->[0] => $_->[1] } @{$args{-parameters} || []};
    my $asked = {
        url => $args{-baseUrl}, folder => $args{-containerPath}, schema => $args{-schemaName},
        query => $args{-queryName}, view => $args{-viewName} || '', columns => $args{-columns} || '',
        filters => $args{-filterArray} || [], sort => $args{-sort} || '',
        containerFilter => $args{-containerFilterName} || '', parameters => \%given,
    };
    binmode(STDOUT);
    print JSON::PP->new->utf8->encode($asked);
    exit 0;
}

1;
