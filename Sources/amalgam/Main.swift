import ArgumentParser

@main struct Amalgam: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "amalgam", version: "0.1.0")
}
