import Hyperparameters

/// All methods.
public enum Methods {
    public static let all: [Method] = [
        Reconstruction.method, OTFusion.method, Transplantation.method, HungarianFusion.method, KMeansFusion.method, GradientFusion.method,
        GitRebasin.method, Averaging.method, Souping.method, FisherMerging.method, Automatic.method,
    ]

    /// The default method of the command line and the workbench if there are data.
    public static let standard = Reconstruction.method

    public static func named(_ id: String) throws(RecipeError) -> Method {
        guard let method = all.first(where: { $0.id == id }) else { throw .unknownMethod(id: id, known: all.map(\.id)) }
        return method
    }
}
