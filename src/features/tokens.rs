//! Tokens of a document, found once for all views and kept in half the room that the public ones take.
//!
//! Comes in: a document. Goes out: the [`Token`]s of its blocks.

use std::ops::Range;

use crate::document::Document;
use crate::token::{self, TokenKind, tokens};

/// A token of a block, as [`token::Token`] has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub hash: u64,
    /// Where it starts and ends in the block; texts are far shorter than these reach.
    start: u32,
    end: u32,
    pub kind: TokenKind,
    pub capital: bool,
}

impl Token {
    /// Its bytes in the block.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<token::Token> for Token {
    fn from(token: token::Token) -> Self {
        let token::Token { hash, kind, range, capital } = token;
        Self { hash, start: range.start as u32, end: range.end as u32, kind, capital }
    }
}

/// The tokens of every block of a document.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    tokens: Vec<Token>,
    ends: Vec<usize>,
}

impl Tokens {
    /// Replaces these tokens by those of `document`.
    pub fn fill(&mut self, document: &Document) {
        self.tokens.clear();
        self.ends.clear();
        for block in document.blocks() {
            tokens(block.text()).for_each(|token| self.tokens.push(token.into()));
            self.ends.push(self.tokens.len());
        }
    }

    /// The tokens block by block.
    pub fn blocks(&self) -> impl Iterator<Item = &[Token]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let tokens = &self.tokens[start..*end];
            start = *end;
            tokens
        })
    }
}
