//! Molecular profiles: `BRAF V600E`, and what joins several by AND, OR and NOT.

use super::alteration::Alteration;

/// A molecular profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// An alteration of a gene; any of these fits.
    One {
        /// The gene.
        gene: String,
        /// What the name can mean.
        alterations: Vec<Alteration>,
    },
    /// All of them.
    And(Vec<Profile>),
    /// At least one of them.
    Or(Vec<Profile>),
    /// It is not there.
    Not(Box<Profile>),
    /// Nothing that can be understood.
    Unknown,
}

impl Profile {
    /// Reads a profile as CIViC names it. AND binds stronger than OR; parentheses may stand.
    ///
    /// ```
    /// use wgs_interpret::cancer::Profile;
    /// let both = Profile::parse("EGFR L858R AND EGFR T790M");
    /// assert!(matches!(both, Profile::And(parts) if parts.len() == 2));
    /// ```
    pub fn parse(text: &str) -> Self {
        let tokens = tokens(text);
        let mut rest = tokens.as_slice();
        let profile = either(&mut rest, 0);
        if rest.is_empty() { profile.unwrap_or(Self::Unknown) } else { Self::Unknown }
    }

    /// A profile of one alteration.
    pub fn of(gene: &str, alteration: &str) -> Self {
        Self::One { gene: gene.to_owned(), alterations: Alteration::parse(alteration) }
    }

    /// Genes and alterations that must be there, not those that must not.
    pub fn wanted(&self) -> Vec<(&str, &[Alteration])> {
        match self {
            Self::One { gene, alterations } => vec![(gene, alterations)],
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::wanted).collect(),
            Self::Not(_) | Self::Unknown => Vec::new(),
        }
    }

    /// Whether a case has it, by what `has` says of its parts; `None` if that cannot be told. That
    /// something is not among the calls does not show that it is not there: NOT holds for nothing.
    pub fn holds(&self, has: &dyn Fn(&str, &[Alteration]) -> Option<bool>) -> Option<bool> {
        match self {
            Self::One { gene, alterations } => has(gene, alterations),
            Self::And(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| part.holds(has)).collect();
                if parts.contains(&Some(false)) {
                    return Some(false);
                }
                (!parts.contains(&None)).then_some(true)
            }
            Self::Or(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| part.holds(has)).collect();
                if parts.contains(&Some(true)) {
                    return Some(true);
                }
                (!parts.contains(&None)).then_some(false)
            }
            Self::Not(part) => (part.holds(has) == Some(true)).then_some(false),
            Self::Unknown => None,
        }
    }
}

/// Words and parentheses. Parentheses within a name, as in `R1772* (c.5314C>T)`, belong to it.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut inside_name = false;
    for word in text.split_whitespace() {
        if inside_name || word.starts_with("(c.") || word.starts_with("(p.") {
            let balance = word.matches('(').count() as i64 - word.matches(')').count() as i64;
            inside_name = !word.contains(')');
            let extra = usize::try_from(-balance - i64::from(word.starts_with('(') && inside_name));
            let extra = extra.unwrap_or(0);
            let (name, closing) = word.split_at(word.len() - extra.min(word.len()));
            tokens.push(name.to_owned());
            tokens.extend(closing.chars().map(String::from));
            continue;
        }
        let opening = word.len() - word.trim_start_matches('(').len();
        let inner = &word[opening..];
        let closing = match inner.contains('(') {
            true => 0,
            false => inner.len() - inner.trim_end_matches(')').len(),
        };
        tokens.extend(word[..opening].chars().map(String::from));
        let middle = &inner[..inner.len() - closing];
        if !middle.is_empty() {
            tokens.push(middle.to_owned());
        }
        tokens.extend(inner[inner.len() - closing..].chars().map(String::from));
    }
    tokens
}

/// Deeper nesting than any curator's is not read.
const MAX_DEPTH: usize = 32;

fn either(tokens: &mut &[String], depth: usize) -> Option<Profile> {
    let mut parts = vec![all(tokens, depth)?];
    while take(tokens, "OR") {
        parts.push(all(tokens, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Profile::Or(parts) })
}

fn all(tokens: &mut &[String], depth: usize) -> Option<Profile> {
    let mut parts = vec![one(tokens, depth)?];
    while take(tokens, "AND") {
        parts.push(one(tokens, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Profile::And(parts) })
}

fn one(tokens: &mut &[String], depth: usize) -> Option<Profile> {
    if depth > MAX_DEPTH {
        return None;
    }
    if take(tokens, "NOT") {
        return one(tokens, depth + 1).map(|part| Profile::Not(Box::new(part)));
    }
    if take(tokens, "(") {
        let inner = either(tokens, depth + 1)?;
        return take(tokens, ")").then_some(inner);
    }
    let is_name = |token: &String| !matches!(token.as_str(), "AND" | "OR" | "(" | ")");
    let length = tokens.iter().take_while(|token| is_name(token)).count();
    let (name, rest) = tokens.split_at(length);
    *tokens = rest;
    let (gene, alteration) = name.split_first()?;
    Some(match alteration {
        [] => return None,
        _ if gene.contains("::") => {
            Profile::One { gene: gene.clone(), alterations: vec![Alteration::NotSmall] }
        }
        words => Profile::of(gene, &words.join(" ")),
    })
}

fn take(tokens: &mut &[String], word: &str) -> bool {
    match tokens.split_first() {
        Some((first, rest)) if first == word => {
            *tokens = rest;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(text: &str, there: &[(&str, &str)]) -> Option<bool> {
        let has = |gene: &str, alterations: &[Alteration]| {
            if !alterations.iter().any(Alteration::is_decidable) {
                return None;
            }
            let is = |(g, a): &(&str, &str)| *g == gene && Alteration::parse(a) == alterations;
            Some(there.iter().any(is))
        };
        Profile::parse(text).holds(&has)
    }

    #[test]
    fn words_join_profiles() {
        let two = [("EGFR", "L858R"), ("EGFR", "T790M")];
        assert_eq!(held("EGFR L858R", &two), Some(true));
        assert_eq!(held("EGFR L858R AND EGFR T790M", &two), Some(true));
        assert_eq!(held("EGFR L858R AND EGFR C797S", &two), Some(false));
        assert_eq!(held("(EGFR C797S OR EGFR L858R) AND EGFR T790M", &two), Some(true));
        assert_eq!(held("EGFR C797S AND EGFR T790M OR EGFR L858R", &two), Some(true));
    }

    #[test]
    fn what_is_not_called_is_not_shown_to_be_absent() {
        let one = [("BRAF", "V600E")];
        assert_eq!(held("BRAF V600E AND NOT KRAS Mutation", &one), None);
        assert_eq!(held("BRAF V600E AND NOT BRAF V600E", &one), Some(false));
        assert_eq!(held("BRAF V600E AND BRAF Amplification", &one), None);
        assert_eq!(held("BRAF V600K AND BRAF Amplification", &one), Some(false));
        assert_eq!(held("BRAF V600E OR BRAF Amplification", &one), Some(true));
        assert_eq!(held("v::ALK Fusion", &one), None);
    }

    #[test]
    fn names_with_parentheses() {
        let names = |text: &str| match Profile::parse(text) {
            Profile::One { gene, alterations } => (gene, alterations.len()),
            other => panic!("{other:?}"),
        };
        assert_eq!(names("VHL R167Q (c.500G>A)"), ("VHL".into(), 2));
        assert_eq!(names("(VHL R167Q (c.500G>A))"), ("VHL".into(), 2));
        assert!(matches!(
            Profile::parse("(VHL R167Q (c.500G>A) OR VHL L1P) AND KIT Mutation"),
            Profile::And(parts) if parts.len() == 2
        ));
    }

    #[test]
    fn nonsense_is_unknown() {
        for text in [
            "",
            "AND",
            "BRAF",
            "BRAF V600E AND",
            "(BRAF V600E",
            "BRAF V600E)",
            ")(",
            &"(".repeat(99),
        ] {
            assert_eq!(Profile::parse(text), Profile::Unknown, "{text}");
        }
    }
}
