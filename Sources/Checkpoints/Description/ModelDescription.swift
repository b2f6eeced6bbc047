import Archives

/// What is known of a network besides its parameters and graph: class names, preprocessing, and the folder's own descriptions, to be written again with it.
public struct ModelDescription: Sendable, Equatable {
    /// `config.json` of the folder.
    public var configuration: JSONValue?
    /// `preprocessor_config.json` of the folder.
    public var preprocessor: JSONValue?
    /// What the outputs are called, in order.
    public var classNames: [String]?
    public var preprocessing: Preprocessing?

    public init(classNames: [String]? = nil, preprocessing: Preprocessing? = nil) {
        self.classNames = classNames
        self.preprocessing = preprocessing
    }

    /// Read from an archive and the documents beside it; a folder's own documents override what Amalgam saved in the weights' metadata.
    init(_ archive: Archive) throws {
        configuration = archive.documents["config.json"]
        preprocessor = archive.documents["preprocessor_config.json"]
        let folder = archive.folder.map { $0 + "/" } ?? "", configurationFile = folder + "config.json"
        if let configuration {
            classNames = try ClassNames.labels(configuration, file: configurationFile)
            if classNames == nil { classNames = try ClassNames.timm(configuration, file: configurationFile) }
        }
        func metadata(_ key: String) throws -> JSONValue? {
            guard let text = archive.metadata[key] else { return nil }
            return try JSONValue.read(text, path: "\(archive.path) (metadata \(key))")
        }
        if classNames == nil, let json = try metadata(ClassNames.key) { classNames = try ClassNames.metadata(json, file: archive.path) }
        if let json = try metadata(Preprocessing.key) {
            preprocessing = try Preprocessing(metadata: json, file: archive.path)
        } else if let preprocessor {
            preprocessing = try Preprocessing(preprocessor: preprocessor, file: folder + "preprocessor_config.json")
        } else if let pretrained = configuration?["pretrained_cfg"] {
            preprocessing = try Preprocessing(pretrained: pretrained, file: configurationFile)
        } else if let configuration, configuration["mean"] != nil, configuration["std"] != nil, configuration["architecture"] != nil {
            preprocessing = try Preprocessing(pretrained: configuration, file: configurationFile)
        }
    }

    /// Class names must be as many as there are outputs.
    func check(outputs: Int, path: String) throws {
        guard let classNames, classNames.count != outputs else { return }
        throw CheckpointError.configuration(
            file: path, key: "class names", reason: "are \(classNames.count), but the network has \(outputs) outputs")
    }

    /// For a checkpoint's metadata.
    public var metadata: [String: String] {
        var metadata: [String: String] = [:]
        metadata[ClassNames.key] = classNames.map(ClassNames.text)
        metadata[Preprocessing.key] = preprocessing?.json
        return metadata
    }

    static let metadataKeys = [ClassNames.key, Preprocessing.key]
}
