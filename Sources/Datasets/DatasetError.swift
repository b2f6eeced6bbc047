import Archives
import Tensors

/// An error while finding, reading or splitting data.
///
/// Every message says what happened, where and why, and where there is a remedy, what to do.
public enum DatasetError: Error, Sendable {
    /// A file that a data set consists of is not there.
    case missing(path: String, expected: String)
    /// A file could not be read, or is no file of arrays.
    case archive(ArchiveError)
    /// A file contradicts its format.
    case damaged(file: String, place: String, reason: String)
    /// Two files, or two arrays, do not belong together.
    case mismatch(file: String, reason: String)
    case labelOutOfRange(file: String, index: Int, label: Int, classes: Int)
    /// A pixel is NaN or infinite.
    case notFinite(file: String, sample: Int)
    /// A data spec that cannot be understood.
    case spec(text: String, reason: String)
    /// A subset or split that the data do not allow.
    case selection(dataset: String, reason: String)
    /// A requested sample does not exist, or a buffer does not fit.
    case batch(dataset: String, reason: String)
    /// A file could not be fetched; `next` says what to do.
    case fetch(file: String, reason: String, next: String)
    case augmentation(text: String, reason: String)
    case cancelled
    case tensor(TensorError)
}

extension DatasetError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let path, let expected):
            "\(printable(path)): no data: \(printable(expected))"
        case .archive(let error):
            error.description
        case .damaged(let file, let place, let reason):
            "\(printable(file)): damaged at \(place): \(printable(reason))"
        case .mismatch(let file, let reason):
            "\(printable(file)): \(printable(reason))"
        case .labelOutOfRange(let file, let index, let label, let classes):
            "\(printable(file)): label \(label) of sample \(index) is outside 0..<\(classes)"
        case .notFinite(let file, let sample):
            "\(printable(file)): sample \(sample) holds NaN or infinity; clean the data first"
        case .spec(let text, let reason):
            "data '\(printable(text))': \(printable(reason))"
        case .selection(let dataset, let reason):
            "\(printable(dataset)): \(printable(reason))"
        case .batch(let dataset, let reason):
            "\(printable(dataset)): \(printable(reason))"
        case .fetch(let file, let reason, let next):
            "\(printable(file)) could not be fetched: \(printable(reason)). \(printable(next))"
        case .augmentation(let text, let reason):
            "augmentation '\(printable(text))': \(printable(reason))"
        case .cancelled:
            "cancelled"
        case .tensor(let error):
            "\(error)"
        }
    }
}

/// Runs `body`; whatever it throws leaves this module as an error of a data set.
///
/// - Parameter file: what an error of none of the modules below is about.
func lifting<Result>(_ file: String = "the data", _ body: () throws -> Result) throws(DatasetError) -> Result {
    do {
        return try body()
    } catch let error as DatasetError {
        throw error
    } catch let error as ArchiveError {
        throw .archive(error)
    } catch let error as TensorError {
        throw .tensor(error)
    } catch {
        throw .damaged(file: file, place: "the file", reason: "\(error)")
    }
}
