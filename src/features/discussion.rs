//! Discussions: the furniture around readers' comments, by words such as "Reply" and "says" in many languages.
//!
//! Comes in: a document, its tokens and facts. Goes out: for every block whether it is such furniture. A comment itself
//! reads like prose; what gives it away is what stands around it.

use std::sync::LazyLock;

use super::Facts;
use super::tokens::{Token, Tokens};
use super::wordlist::WordList;
use crate::document::Document;

/// The longest block that can be furniture of a discussion, in words.
const LONGEST: usize = 12;

/// What stands around comments: above all of them, and beside each.
const FURNITURE: [&str; 58] = [
    "anonymous",
    "anónimo",
    "anônimo",
    "antworten",
    "beantwoorden",
    "comment",
    "commentaire",
    "commentaires",
    "commented",
    "commenter",
    "commenters",
    "commenti",
    "commento",
    "comments",
    "comentario",
    "comentarios",
    "comentário",
    "comentários",
    "guest",
    "gast",
    "gość",
    "komentarz",
    "komentarze",
    "komentarzy",
    "kommentar",
    "kommentare",
    "kommentarer",
    "leserbriefe",
    "leserkommentare",
    "moderator",
    "odpowiedz",
    "permalink",
    "reactie",
    "reacties",
    "reageer",
    "replied",
    "replies",
    "reply",
    "responder",
    "responses",
    "respostas",
    "respuestas",
    "rispondi",
    "répondre",
    "svar",
    "svara",
    "yanıtla",
    "комментарий",
    "комментариев",
    "комментарии",
    "ответить",
    "ответы",
    "απάντηση",
    "σχόλια",
    "σχόλιο",
    "评论",
    "回复",
    "返信",
];

/// What a commenter does, where a name stands before it and the comment after it.
const SPEECH: [&str; 18] = [
    "dice",
    "dijo",
    "disse",
    "dit",
    "dodał",
    "escribió",
    "escreveu",
    "napisał",
    "pisze",
    "posted",
    "said",
    "sagt",
    "sagte",
    "says",
    "schrieb",
    "skrev",
    "wrote",
    "пишет",
];

/// The words above.
struct Vocabulary {
    furniture: WordList,
    speech: WordList,
}

static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary { furniture: WordList::new(&FURNITURE), speech: WordList::new(&SPEECH) });

/// Marks the furniture of discussions in `facts`.
pub(super) fn mark(document: &Document, tokens: &Tokens, facts: &mut [Facts]) {
    let vocabulary = &*VOCABULARY;
    for ((block, tokens), facts) in document.blocks().zip(tokens.blocks()).zip(facts) {
        if (1..=LONGEST).contains(&facts.words) {
            facts.discussion = vocabulary.is_furniture(tokens) || vocabulary.introduces(block.text(), tokens);
        }
    }
}

impl Vocabulary {
    fn is_furniture(&self, tokens: &[Token]) -> bool {
        tokens.iter().any(|token| self.furniture.has(token.hash))
    }

    /// Whether the block ends as what stands before somebody's words: "Ann wrote:".
    fn introduces(&self, text: &str, tokens: &[Token]) -> bool {
        let letters = text.trim_end_matches([':', '…', '.', ' ']).len();
        let last = tokens.iter().rfind(|token| token.range().end <= letters);
        last.is_some_and(|last| last.range().end == letters && self.speech.has(last.hash))
    }
}

#[cfg(test)]
mod tests {
    use crate::features::Features;
    use crate::input::text;

    #[test]
    fn furniture_is_short_and_says_who_speaks() {
        let page = text::read(
            "12 Comments\nAnn says:\nA commenter says it was all long known to the council, which nobody ever heard of.\n\
             Reply\nMinister says no to the bridge\nbob posted…\nОтветить\n发表评论\nRead more\n",
        );
        let features = Features::of(&page);
        let marked: Vec<bool> = features.facts().iter().map(|facts| facts.discussion).collect();
        assert_eq!(marked, [true, true, false, true, false, true, true, true, false]);
    }
}
