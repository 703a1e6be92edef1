//! BA1, BS1 and PM2: how frequent the allele is.

use wgs_formats::{
    findings::{Evidence, Strength},
    variant::annotated::{AlleleView, Frequency},
};

use super::{Asked, Said, benign, pathogenic};

/// Alleles that must have been looked at for BA1 (Ghosh et al. 2018), and here for BS1.
const LEAST_ALLELES: u64 = 2000;

/// Frequent alleles that are not benign for that, by gene and names on its transcripts: the exceptions
/// of BA1 (Ghosh et al. 2018, doi:10.1002/humu.23642). BTD's has another number on the transcript that
/// MANE chose since.
const EXCEPTIONS: [(&str, &str); 10] = [
    ("HFE", "c.845G>A"),
    ("HFE", "c.187C>G"),
    ("GJB2", "c.109G>A"),
    ("BTD", "c.1330G>C"),
    ("BTD", "c.1270G>C"),
    ("MEFV", "c.1105C>T"),
    ("MEFV", "c.1223G>A"),
    ("ACADS", "c.511C>T"),
    ("PIBF1", "c.1214G>A"),
    ("ACAD9", "c.-44_-41dup"),
];

/// Whether it is one of the exceptions, on any transcript.
fn is_exception(view: &AlleleView) -> bool {
    view.effects.iter().any(|effect| {
        let (Some(gene), Some(name)) = (effect.gene_name(), effect.hgvs_c.as_deref()) else {
            return false;
        };
        let name = name.rsplit(':').next().unwrap_or(name);
        EXCEPTIONS.iter().any(|(of, exception)| {
            // Names of duplications may hold the bases.
            let is =
                name == *exception || (exception.ends_with("dup") && name.starts_with(exception));
            *of == gene && is
        })
    })
}

/// The highest frequency decides. PM2 is supporting, by ClinGen's advice of 2020, and met as well
/// where the sources do not know the allele.
pub(super) fn judge(asked: &Asked<'_>) -> Said {
    let options = asked.options;
    if !asked.has_frequencies {
        return Said::open("PM2/BS1/BA1", "the variants have no population frequencies");
    }
    if let Some(source) = options.unread(asked.view) {
        let reason = format!("what {source} tells is no frequency of the allele");
        return Said::open("PM2/BS1/BA1", reason);
    }
    let Some(highest) = options.frequency(asked.view) else {
        let text = "No population source that was asked has the allele.";
        return Said::met(pathogenic("PM2", Strength::Supporting, text, Vec::new()));
    };
    let is_enough = |f: &Frequency| f.total.is_none_or(|total| total >= LEAST_ALLELES);
    if highest.value >= options.bs1_from {
        return frequent(asked, options.frequency_where(asked.view, is_enough));
    }
    if highest.value <= options.pm2_to {
        let text = format!("Frequency of {} or less in all populations.", options.pm2_to);
        let evidence = vec![of(highest)];
        return Said::met(pathogenic("PM2", Strength::Supporting, text, evidence));
    }
    Said::default()
}

/// BA1 or BS1, by the highest frequency among enough alleles.
fn frequent(asked: &Asked<'_>, highest: Option<&Frequency>) -> Said {
    let options = asked.options;
    let Some(highest) = highest.filter(|f| f.value >= options.bs1_from) else {
        let reason = format!("frequent among fewer than {LEAST_ALLELES} alleles only");
        return Said::open("BS1/BA1", reason);
    };
    if is_exception(asked.view) {
        let reason = "frequent, and one of the exceptions of BA1 (Ghosh et al. 2018)";
        return Said::open("BS1/BA1", reason);
    }
    let evidence = vec![of(highest)];
    if highest.value >= options.ba1_from {
        let text = format!("Frequency of {} or more in a population.", options.ba1_from);
        return Said::met(benign("BA1", Strength::StandAlone, text, evidence));
    }
    let text = format!("Frequency of {} or more in a population.", options.bs1_from);
    Said::met(benign("BS1", Strength::Strong, text, evidence))
}

fn of(frequency: &Frequency) -> Evidence {
    let mut value = frequency.value.to_string();
    if let (Some(count), Some(total)) = (frequency.count, frequency.total) {
        value.push_str(&format!(" ({count}/{total})"));
    }
    Evidence::new(frequency.name(), value)
}
