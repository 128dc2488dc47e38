//! The `qiao` binary: one command line, one runtime, one exit code.

fn main() -> std::process::ExitCode {
    let cli = qiao_server::cli::Cli::read(qiao_server::config::command_line());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("qiao: cannot start: {error}");
            return std::process::ExitCode::FAILURE;
        }
    };
    match runtime.block_on(qiao_server::cli::run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("qiao: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
