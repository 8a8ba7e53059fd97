package LabKey::Query;
# What an exported script needs of LabKey::Query: the same JSON body, sent by curl with the key from ~/.netrc.
use strict;
use warnings;
use JSON::PP;

sub selectRows {
    my %args = @_;
    my %body = ('schemaName' => $args{-schemaName}, 'query.queryName' => $args{-queryName}, 'apiVersion' => 9.1);
    $body{'query.' . $_->[0] . '~' . $_->[1]} = $_->[2] for @{$args{-filterArray} || []};
    for my $name ('viewName', 'sort', 'columns', 'containerFilterName') {
        $body{"query.$name"} = $args{"-$name"} if $args{"-$name"};
    }
    my $url = "$args{-baseUrl}/query$args{-containerPath}/getQuery.api";
    my $json = JSON::PP->new->utf8->encode(\%body);
    open(my $out, '-|', 'curl', '--netrc', '-fsS', '-H', 'Content-Type: application/json', '-d', $json, $url) or die;
    local $/;
    return JSON::PP->new->utf8->decode(<$out>);
}

1;
