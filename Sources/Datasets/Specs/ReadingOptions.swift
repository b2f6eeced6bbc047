import Foundation

/// Options of a data spec for reading files whose contents are ambiguous or need another interpretation.
public struct ReadingOptions: Sendable, Equatable {
    /// How many classes there are, or what they are called in the order of their numbers.
    enum Classes: Sendable, Equatable {
        case count(Int)
        /// Names separated by commas, the path of a file with one name a line, or an array of texts in the file of arrays.
        case text(String)
    }

    var mean: [Float]?
    var standardDeviation: [Float]?
    /// What pixels are divided by.
    var scale: Float?
    var layout: PixelLayout?
    var channels: Channels?
    /// What images of a folder are resized to.
    var size: ImageSize?
    /// Whether pixels are kept in memory; nil decides by their size.
    var memory: PixelMemory?
    var classes: Classes?
    var order: ClassAssignment.Order?
    /// The number of the first class in an array of labels.
    var firstLabel = 0
    /// The label of samples that do not count.
    var ignoredLabel: Int?
    /// The names of the arrays; labels may also be a file of their own.
    var images: String?
    var labels: String?

    package init() {}

    /// The names that `classes` lists.
    ///
    /// - Parameters:
    ///   - texts: arrays of texts that may be meant.
    func classNames(among texts: [String: [String]] = [:]) throws -> [String]? {
        guard case .text(let text)? = classes else { return nil }
        var names = texts[text]
        var isFolder: ObjCBool = false
        if names == nil, FileManager.default.fileExists(atPath: text, isDirectory: &isFolder), !isFolder.boolValue {
            let bytes = try DataFolder.contents(text)
            guard bytes.count <= 16 << 20, let content = String(validating: bytes, as: UTF8.self) else {
                throw DatasetError.mismatch(file: text, reason: "class names, one per line, are expected")
            }
            names = content.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        let found = names ?? text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
        guard !found.isEmpty, found.count <= ArrayAnswers.mostClasses, !found.contains("") else {
            throw DatasetError.spec(
                text: "classes=\(text)",
                reason: "a number of classes, their names separated by commas, or a file with one name a line is expected")
        }
        return found
    }

    var classCount: Int? { if case .count(let count)? = classes { count } else { nil } }
}

/// Which channels images are brought to.
package enum Channels: String, Sendable, CaseIterable {
    case grey, rgb
}

package struct ImageSize: Sendable, Equatable, CustomStringConvertible {
    package let height: Int
    package let width: Int

    init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

    /// `32x48` for height and width, `32` for both; nil for anything else, and for sides beyond 65535.
    init?(_ text: String) {
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard let height = sides[0], let width = sides.count == 1 ? height : sides[1], sides.count <= 2, (1...65535).contains(height),
            (1...65535).contains(width)
        else { return nil }
        (self.height, self.width) = (height, width)
    }

    package var description: String { "\(height)x\(width)" }
}
