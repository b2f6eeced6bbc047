import Fusion

extension Recipe {
    /// The recipe where no method is named. The standard method compares activations; without data the parents are aligned by their weights instead.
    ///
    /// - Returns: with it a sentence that says so, nil where the standard method is taken.
    package static func standard(hasData: Bool) throws -> (recipe: Recipe, note: String?) {
        guard !hasData else { return (Recipe(method: Methods.standard), nil) }
        var recipe = Recipe(method: OTFusion.method)
        try recipe.apply(assignment: "source=weights")
        return (
            recipe,
            "no data, so neurons are aligned by their weights: method \(recipe.method.id), source=weights (with --data the method is \(Methods.standard.id))"
        )
    }
}
