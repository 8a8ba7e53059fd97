"""The members that a field of a domain may bring along (client-api.md, section 14), by what they hold."""

TEXTS = (
    *("conceptURI", "label", "description", "format", "lookupContainer", "lookupSchema", "lookupQuery"),
    *("lookupDescription", "ontologyURI", "searchTerms", "semanticType", "defaultValueType", "defaultValue"),
    *("defaultDisplayValue", "importAliases", "URL", "defaultScale", "facetingBehaviorType", "valueExpression"),
    *("redactedText", "derivationDataScope", "textExpression", "lockType"),
)
FLAGS = (
    *("required", "hidden", "mvEnabled", "shownInInsertView", "shownInUpdateView", "shownInDetailsView"),
    *("shownInLookupView", "measure", "dimension", "recommendedVariable", "excludeFromShifting", "preventReordering"),
    *("disableEditing", "scannable"),
)
NUMBERS = ("scale",)
LISTS = ("propertyValidators", "conditionalFormats")
