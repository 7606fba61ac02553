// One rule for every store: what JSON keeps is kept; what JSON would drop or change in silence is refused.
export {};
