package VepAsCached;

# Ensembl VEP 115 as it is with its cache, for runs that have only GFF3 and FASTA:
# - untranslated regions on the reverse strand are read where they lie
# - coding sequences that begin or end with the transcript are known as incomplete
# and an insertion that moves along its own repeat has its bases in their new order (in any run).
use strict;
use warnings;

my @STOPS = qw(TAA TAG TGA);

# VEP puts the transcript on a slice of the other strand before it asks for the region, and reads
# the FASTA elsewhere; the transcript itself reads the right place.
sub untranslated {
  my ($self, $end) = @_;
  my $name = $end . '_prime_utr';
  my $transcript = $self->transcript;
  my $kept = $transcript->{_variation_effect_feature_cache};
  $kept->{$name} = $transcript->$name() unless exists $kept->{$name};
  return $kept->{$name};
}

sub rotated {
  my $self = shift;
  return if !defined $self->{shift_hash} || $self->{shifted_feature_seqs};
  my $bases = $self->{variation_feature_seq};
  my $by = $self->{shift_hash}->{shift_length} || 0;
  $by = -$by if $self->transcript->strand == -1;
  $by %= length $bases;
  $self->variation_feature_seq(substr($bases, $by) . substr($bases, 0, $by));
  delete $self->{feature_seq};
  $self->{shifted_feature_seqs} = 1;
}

sub mark_missing_ends {
  my $transcript = shift;
  return unless $transcript && $transcript->translation;
  my $coding = $transcript->translateable_seq;
  my $mark = sub {
    my $attribute = Bio::EnsEMBL::Attribute->new_fast({ code => shift, value => 1 });
    push @{$transcript->{attributes}}, $attribute;
  };
  my $begins = $transcript->cdna_coding_start == 1;
  $mark->('cds_start_NF')
    if $transcript->translation->start_Exon->phase > 0
    || ($begins && substr($coding, 0, 3) ne 'ATG');
  my $has_stop = length($coding) % 3 == 0 && grep { $_ eq substr($coding, -3) } @STOPS;
  $mark->('cds_end_NF') if $transcript->cdna_coding_end == $transcript->length && !$has_stop;
}

sub import {
  require Bio::EnsEMBL::Variation::BaseTranscriptVariation;
  require Bio::EnsEMBL::Variation::TranscriptVariationAllele;
  require Bio::EnsEMBL::VEP::AnnotationSource::File::BaseGXF;
  no warnings qw(redefine once);
  *Bio::EnsEMBL::Variation::BaseTranscriptVariation::_generic_utr = \&untranslated;
  *Bio::EnsEMBL::Variation::TranscriptVariationAllele::shift_feature_seqs = \&rotated;
  my $create = \&Bio::EnsEMBL::VEP::AnnotationSource::File::BaseGXF::_create_transcript;
  *Bio::EnsEMBL::VEP::AnnotationSource::File::BaseGXF::_create_transcript = sub {
    my $transcript = $create->(@_);
    mark_missing_ends($transcript);
    return $transcript;
  };
}

1;
