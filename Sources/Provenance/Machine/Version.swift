/// The version of this program.
package enum Version {
    package static let current = "0.2.0"

    /// The Swift compiler that built it, by its language version; Swift reveals no more.
    package static let swift: String = {
        #if compiler(>=6.5)
        "6.5 or later"
        #elseif compiler(>=6.4)
        "6.4"
        #elseif compiler(>=6.3)
        "6.3"
        #elseif compiler(>=6.2)
        "6.2"
        #else
        "6.1"
        #endif
    }()
}
