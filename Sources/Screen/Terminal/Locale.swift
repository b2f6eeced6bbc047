import Foundation

/// Whether the terminal is to be spoken to in UTF-8, and the character type set accordingly.
enum TerminalLocale {
    /// Only the character type is taken from the environment: numbers keep their point, whatever the language.
    ///
    /// Where the environment asks for a UTF-8 locale that is not installed, or asks for nothing at all, C.UTF-8 serves;
    /// who asks for C or another code gets it, and ASCII pictures.
    static func adopt(_ environment: [String: String]) -> Bool {
        let wanted = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        let isKnown = setlocale(LC_CTYPE, wanted ?? "C.UTF-8") != nil
        if !isKnown, wanted.map(asksForUTF8) ?? true { _ = setlocale(LC_CTYPE, "C.UTF-8") }
        return asksForUTF8(String(cString: nl_langinfo(Int32(CODESET))))
    }

    static func asksForUTF8(_ name: String) -> Bool {
        let plain = name.uppercased().filter { $0 != "-" }
        return plain.hasSuffix("UTF8") || plain.contains("UTF8@")
    }
}
