import Archives

extension Dataset {
    /// CIFAR-10 or CIFAR-100 (Krizhevsky 2009), 32×32 colour images, in a folder with the binary files or with the python ones (pickles, of
    /// which nothing is executed). Where both are there, the binary ones are read. CIFAR-100 has its 100 fine labels.
    ///
    /// Training batches that are not in the folder are left out, and the provenance says how many there are.
    public static func cifar(_ set: PublishedSet, _ path: String, _ split: Split) throws(DatasetError) -> Dataset {
        try lifting {
            let kind: CIFARFiles.Kind = set.classCount == 10 ? .cifar10 : .cifar100
            let forms = [CIFARFiles.binary(kind), .python(kind)]
            let folder = try DataFolder(path, inner: forms.map(\.folder))
            func files(_ form: CIFARFiles) -> [String] {
                (split == .test ? [] : form.train.compactMap { folder.find([$0]) })
                    + (split == .train ? [] : [form.test].compactMap { folder.find([$0]) })
            }
            guard let form = forms.first(where: { !files($0).isEmpty }) else {
                let names = forms.map { form in
                    "\((split == .test ? [form.test] : form.train).joined(separator: ", ")) (the \(form.title) version)"
                }
                throw DatasetError.missing(
                    path: path,
                    expected: "no file \(names.joined(separator: " nor ")); fetch it with  amalgam data fetch \(set.kind.rawValue)")
            }
            if split != .train { _ = try folder.file([form.test]) }
            let training = split == .test ? form.train.count : form.train.count { folder.find([$0]) != nil }
            let note = training < form.train.count ? ", \(training) of \(form.train.count) training batches" : ""
            var batch = CIFARBatch()
            for file in files(form) {
                if form.isPickled { try batch.addPickled(file, set) } else { try batch.addBinary(file, set) }
            }
            return try Dataset(
                name: "\(set.kind.rawValue) \(split.rawValue)",
                provenance: "\(set.title), \(form.title) files in \(folder.path), \(split.rawValue) part\(note).",
                sampleShape: CIFARBatch.shape, pixels: .bytes(JoinedPixels(batch.pixels)), labels: batch.labels, classCount: set.classCount,
                classNames: try classNames(folder, form, set), normalisation: set.normalisation, file: folder.path)
        }
    }

    /// The names the set comes with; nil where their file is not there.
    private static func classNames(_ folder: DataFolder, _ form: CIFARFiles, _ set: PublishedSet) throws -> [String]? {
        if let names = set.classNames { return names }
        guard let file = folder.find([form.names]) else { return nil }
        let names: [String]
        if form.isPickled {
            names = try PickledDictionary(file).texts("fine_label_names")
        } else {
            names = String(decoding: try DataFolder.contents(file), as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        }
        guard names.count == set.classCount else {
            throw DatasetError.mismatch(file: file, reason: "\(names.count) names for \(set.classCount) classes")
        }
        return names
    }
}
