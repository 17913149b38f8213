//! `pagesieve completions` and `pagesieve man`: help for shells and manuals.
//!
//! Comes in: the description of all arguments. Goes out: a completion script, or manual pages.

use std::path::Path;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use super::Outcome;
use super::failure::{Failure, Result};
use super::output::Output;
use super::settings::Settings;

const COMPLETIONS: &str = "\
Examples:
  pagesieve completions bash > ~/.local/share/bash-completion/completions/pagesieve
  pagesieve completions fish > ~/.config/fish/completions/pagesieve.fish";

const MANUAL: &str = "\
Examples:
  pagesieve man | man -l -
  pagesieve man --output ~/.local/share/man/man1   one page a command";

/// Print a script that completes pagesieve's arguments in a shell.
#[derive(clap::Args)]
#[command(after_long_help = COMPLETIONS)]
pub struct CompletionsArgs {
    /// The shell to print it for
    shell: Shell,
}

/// Print the manual page, or write one a command into the folder given with --output.
#[derive(clap::Args)]
#[command(after_long_help = MANUAL)]
pub struct ManArgs {}

/// Runs `completions`.
pub fn completions(args: &CompletionsArgs, mut command: Command, settings: &Settings) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "pagesieve", &mut script);
    let mut output = settings.output()?;
    output.write(&script)?;
    output.finish()?;
    Ok(Outcome::Done)
}

/// Runs `man`.
pub fn man(mut command: Command, settings: &Settings) -> Result<Outcome> {
    command.build();
    if let Some(folder) = &settings.output {
        std::fs::create_dir_all(folder).map_err(|error| Failure::output(folder, &error))?;
        for command in command.get_subcommands() {
            write_page(folder, command.clone())?;
        }
        write_page(folder, command)?;
    } else {
        let mut output = settings.output()?;
        output.write(&rendered(command)?.1)?;
        output.finish()?;
    }
    Ok(Outcome::Done)
}

fn write_page(folder: &Path, command: Command) -> Result<()> {
    let (name, page) = rendered(command)?;
    let mut output = Output::open(Some(&folder.join(name)))?;
    output.write(&page)?;
    output.finish()
}

/// The name of a command's manual page, and the page.
fn rendered(command: Command) -> Result<(String, Vec<u8>)> {
    let man = Man::new(command).source(concat!("pagesieve ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render(&mut page).map_err(|error| Failure::Failed(format!("cannot make the manual: {error}")))?;
    Ok((man.get_filename(), page))
}
